"""The signal from layer to layer: charts, tables, sentences, advice."""
