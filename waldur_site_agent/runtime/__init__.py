"""The running process: start-up, the polling loop, signals, the heartbeat, logs, registration."""
