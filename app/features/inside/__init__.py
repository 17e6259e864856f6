"""Inside the network: histograms of every layer, and how large its updates are."""
