// The lints. `zod` is reached through `@/lib/zod` alone, which keeps it from compiling code at run time.
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: [".next/", "out/", "node_modules/", "next-env.d.ts", "src/api/generated.ts", "public/"] },
  ...tseslint.configs.recommended,
  jsxA11y.flatConfigs.recommended,
  reactHooks.configs.flat.recommended,
  {
    rules: {
      "no-console": "error",
      "no-eval": "error",
      // A region that scrolls takes the focus, so that arrow keys move it.
      "jsx-a11y/no-noninteractive-tabindex": ["error", { tags: [], roles: ["region", "tabpanel"] }],
      eqeqeq: ["error", "always"],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "max-lines": ["error", { max: 250, skipBlankLines: true }],
      "no-restricted-imports": [
        "error",
        {
          paths: [
            { name: "zod", message: 'import { z } from "@/lib/zod": it is set up for our Content-Security-Policy' },
          ],
        },
      ],
    },
  },
  { files: ["scripts/**", "tests/**"], rules: { "no-console": "off" } },
  { files: ["src/lib/zod.ts"], rules: { "no-restricted-imports": "off" } },
);
