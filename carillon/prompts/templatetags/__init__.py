"""Template tags of voice prompts."""
