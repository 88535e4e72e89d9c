"""The fields of Kargo's objects and of the configuration of promotion steps, and since when there are which steps."""
