// The chosen theme: kept in the browser, written on <html>, and set before the first paint by THEME_SCRIPT.
import { create } from "zustand";

export const THEMES = ["dark", "light", "high-contrast"] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_NAMES: Record<Theme, string> = {
  dark: "Dark",
  light: "Light",
  "high-contrast": "High contrast",
};

const KEY = "inferno.theme";

/** Runs before anything is drawn. Without a choice: dark, or high contrast when the system asks for more contrast. */
export const THEME_SCRIPT = `(function(){var t;try{t=localStorage.getItem("${KEY}")}catch(e){}
if(t!=="dark"&&t!=="light"&&t!=="high-contrast"){t=matchMedia("(prefers-contrast: more)").matches?"high-contrast":"dark"}
document.documentElement.dataset.theme=t})()`;

export function isTheme(value: unknown): value is Theme {
  return THEMES.some((theme) => theme === value);
}

interface ThemeState {
  theme: Theme;
  choose: (theme: Theme) => void;
  /** Takes over what THEME_SCRIPT chose. */
  adopt: () => void;
}

export const useTheme = create<ThemeState>((set) => ({
  theme: "dark",
  choose: (theme) => {
    document.documentElement.dataset["theme"] = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // A browser that keeps nothing: the choice holds until the page is left.
    }
    set({ theme });
  },
  adopt: () => {
    const theme = document.documentElement.dataset["theme"];
    if (isTheme(theme)) set({ theme });
  },
}));
