"""Grade what students hand in, as it comes, and give the page back."""
