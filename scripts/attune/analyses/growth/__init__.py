"""Growth over occasions: mixed models of sessions in patients in therapists."""
