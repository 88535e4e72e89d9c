"""Acting on a pipeline: plan, consent, act, watch."""
