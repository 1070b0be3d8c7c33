"""How `optimize.quality` knows what an encoder's number does to a picture: the fit, its data, and
what the whole search reaches on pictures that the fit has not seen."""
