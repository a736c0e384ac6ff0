"""Views of the session model: setters show, signals ask; none of them changes the model itself."""
