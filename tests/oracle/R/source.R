# What every reference file says about itself: script, R, packages.
source_block <- function(script, packages) {
  list(
    script = script, R = R.version.string,
    packages = as.list(sapply(packages, function(name) as.character(packageVersion(name))))
  )
}
save_reference <- function(reference, name) {
  json <- jsonlite::toJSON(reference, digits = I(15), auto_unbox = TRUE, pretty = TRUE, na = "null")
  write(json, paste0("../expected/", name, ".json"))
}
