"""What the questions of the exercise sheet measure: pure functions of an experiment."""
