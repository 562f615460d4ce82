// The one way to zod: without its just-in-time compiler, which our Content-Security-Policy refuses (`eval`).
import { z } from "zod";

z.config({ jitless: true });

export { z };
