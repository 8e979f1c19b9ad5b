"""What a rule may do on its stage, by subject; ``stage`` puts it together."""
