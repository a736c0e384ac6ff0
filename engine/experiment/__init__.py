"""What a user may say: frozen typed fields, the experiment file, what differs and where theory applies. No torch."""
