// Runs before the first paint where nobody chose light or dark: the system's choice counts.
if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.bsTheme = "dark";
