# Regression of posttest on pretest in data/dyads.csv. Run from this folder.
source("source.R")
dyads <- read.csv("../data/dyads.csv")
gain <- function(frame) {
  fit <- lm(posttest ~ pretest, frame, na.action = na.exclude)
  coefficients <- summary(fit)$coefficients
  list(residual = unname(resid(fit)), n = nobs(fit), df = fit$df.residual, r_squared = summary(fit)$r.squared,
       slope = coefficients[2, 1], slope_se = coefficients[2, 2], slope_p = coefficients[2, 4],
       slope_ci_95 = unname(confint(fit)[2, ]), intercept = coefficients[1, 1],
       intercept_se = coefficients[1, 2], intercept_p = coefficients[1, 4], intercept_ci_95 = unname(confint(fit)[1, ]))
}
imputed <- dyads
for (name in c("pretest", "posttest")) imputed[[name]][is.na(imputed[[name]])] <- mean(imputed[[name]], na.rm = TRUE)
save_reference(list(
  source = source_block("gains.R", "jsonlite"), available = gain(dyads), imputed = gain(imputed)
), "gains")
