"""The big picture and what stands at it: inspector, film strip, story, lines, files to save."""
