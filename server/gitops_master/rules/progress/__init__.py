"""Rules about what comes next: candidates, queue, auto-promotion and its policies. Their area is called promotion."""
