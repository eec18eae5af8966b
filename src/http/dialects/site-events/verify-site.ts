import { Elysia } from "elysia";
import { AppError } from "../../../domain/errors.ts";
import { normalizeDomain } from "../../../domain/site.ts";
import type { Admission } from "../../admission.ts";
import { readText } from "../../body.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { ErrorBody } from "./errors.ts";
import type { FindWritableSite } from "./find-site.ts";
import { Verified, VerifySite } from "./schemas.ts";
import { MAX_EVENT_BYTES } from "./track-event.ts";

/**
 * `POST /api/integrations/cloudflare/verify`: whether what has just been installed has the right key.
 *
 * Open to whoever knows a site's public key, as `POST /api/t` is: it is the worker that asks.
 */
export function verifySiteRoute(deps: { guard: Guard; admission: Admission; findWritableSite: FindWritableSite }) {
  const { guard, admission, findWritableSite } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/integrations/cloudflare/verify",
    async ({ body, caller }) => {
      const site = await findWritableSite(caller, body.key);
      admission.admit(caller, site, 0);
      const domain = normalizeDomain(body.domain);
      if (site.domain !== null && domain !== site.domain && !domain.endsWith(`.${site.domain}`)) {
        throw new AppError("forbidden", `The key is not that of the site on ${domain}`);
      }
      return { ok: true as const };
    },
    {
      access: "POST /api/integrations/cloudflare/verify",
      parse: readText(MAX_EVENT_BYTES),
      body: VerifySite,
      detail: {
        operationId: "verifySite",
        summary: "Verify an installation",
        responses: responses({
          200: { description: "The key is that of the site on the domain", schema: Verified },
          400: { description: "The body is not JSON, or a field is wrong", schema: ErrorBody },
          403: { description: "No site has this key, or it is on another domain", schema: ErrorBody },
          413: { description: "The body is too large", schema: ErrorBody },
        }),
      },
    },
  );
}
