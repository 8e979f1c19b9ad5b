"""A real RabbitMQ of our own: installed, started and set up as Mastermind does."""
