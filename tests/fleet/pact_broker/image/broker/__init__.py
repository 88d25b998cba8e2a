"""A stand-in for the Pact Broker."""
