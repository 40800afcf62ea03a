"""The use cases: verbs that take a session and a command, and say who acts. They flush; the door commits."""
