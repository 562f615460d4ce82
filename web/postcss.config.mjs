// Tailwind is the only step between our style sheets and the browser's.
const config = { plugins: { "@tailwindcss/postcss": {} } };

export default config;
