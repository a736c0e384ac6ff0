"""What a package of one's own brings to Margin Lab."""
