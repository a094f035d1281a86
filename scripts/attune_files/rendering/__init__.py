"""HTML, Word and PDF files from Quarto sources."""
