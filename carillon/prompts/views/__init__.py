"""The screens of voice prompts, one file per noun."""
