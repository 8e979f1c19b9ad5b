"""The broker's part of Mastermind: in memory for speed, or a real RabbitMQ."""
