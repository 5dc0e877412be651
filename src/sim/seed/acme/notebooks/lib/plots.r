library(ggplot2)

acme_theme <- function() {
  theme_minimal(base_size = 12) +
    theme(plot.title = element_text(face = "bold"), legend.position = "bottom")
}

# COMMAND ----------

acme_colours <- c(blue = "#0b5cad", green = "#2a9d5c", amber = "#e0a100", red = "#c0392b")
scale_acme <- function(...) scale_colour_manual(values = unname(acme_colours), ...)
