"""The command as a module, for processes of the platform: `python -m netflix_pipeline.cli`."""

from netflix_pipeline.cli import main

if __name__ == "__main__":
    main()
