"""They join the model and the views: signals of one side become calls of the other."""
