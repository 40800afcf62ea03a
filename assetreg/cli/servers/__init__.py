"""The servers ``assetreg serve`` runs on, one file each, imported on the systems they run on."""
