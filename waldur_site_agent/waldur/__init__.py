"""The gateway to Mastermind, the marketplace: begin at ``connection.connect``."""
