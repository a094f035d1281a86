# Log-likelihoods of lme4 on 300 small random data sets, 3 models, REML and ML. Run from this folder.
# The data are not stored: `problem` and tests/oracle/random_growth.py draw the same numbers.
source("source.R")
suppressMessages(library(lme4))
control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.1, rhoend = 1e-10, maxfun = 1e5),
                       calc.derivs = FALSE, check.conv.singular = "ignore")
problem <- function(number) {
  state <- 1000 + 7919 * number # Lehmer's generator: exact in doubles
  uniform <- function() { state <<- (16807 * state) %% 2147483647; state / 2147483647 }
  for (i in 1:10) uniform()
  normal <- function() { total <- -6; for (i in 1:12) total <- total + uniform(); total }
  whole <- function(low, high) low + floor((high - low + 1) * uniform())
  sizes <- c(0, 0.3, 1)
  pick <- function() sizes[whole(1, 3)]
  sd_ther <- pick(); sd_ther_slope <- pick(); sd_pat <- pick(); sd_pat_slope <- pick()
  rows <- NULL; patient <- 0
  for (ther in seq_len(whole(4, 9))) {
    a <- sd_ther * normal(); b <- sd_ther_slope * normal(); train <- normal()
    for (k in seq_len(whole(2, 5))) {
      patient <- patient + 1
      level <- a + sd_pat * normal(); slope <- b + sd_pat_slope * normal()
      for (time in 0:(whole(3, 5) - 1))
        rows[[length(rows) + 1]] <- c(ther, patient, time, train, 10 + level + (slope - 0.5) * time + 0.3 * train + normal())
    }
  }
  rows <- as.data.frame(do.call(rbind, rows)); names(rows) <- c("ther", "pat", "time", "train", "y")
  rows
}
models <- list(A = y ~ time + train + (1 | pat) + (1 | ther), B = y ~ time + train + (1 + time | pat) + (1 | ther),
               C = y ~ time + train + (1 + time | pat) + (1 + time | ther))
one <- function(number) {
  rows <- problem(number)
  fits <- unlist(lapply(models, function(model) lapply(c(REML = TRUE, ML = FALSE), function(reml)
    suppressWarnings(suppressMessages(lmer(model, rows, REML = reml, control = control))))))
  list(n = nrow(rows), sum = sum(rows$y), logLik = unname(sapply(fits, function(m) as.numeric(logLik(m)))),
       singular = unname(sapply(fits, isSingular)), time = unname(sapply(fits, function(m) fixef(m)[["time"]])))
}
found <- lapply(0:299, one)
save_reference(list(
  source = source_block("mixed_models_random.R", c("lme4", "jsonlite")), order = as.list(names(unlist(lapply(models, function(m) c(REML = 1, ML = 1))))),
  n = sapply(found, `[[`, "n"), sum = signif(sapply(found, `[[`, "sum"), 12),
  logLik = signif(t(sapply(found, `[[`, "logLik")), 12), singular = 1L * t(sapply(found, `[[`, "singular")),
  time = signif(t(sapply(found, `[[`, "time")), 10)
), "mixed_models_random")
