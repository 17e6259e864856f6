"""Networks of one's own: read into a graph of steps, and cut exactly in a plane of their inputs."""
