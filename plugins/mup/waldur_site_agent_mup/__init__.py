"""The MUP portal as a backend of the Waldur Site Agent."""
