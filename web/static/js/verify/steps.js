// Running checks one after another. A step is right, wrong, or was not reached; it is never right
// because something was missing.

/**
 * Run `checks`, a list of [id, async function(context) -> facts].
 * `tell(id, state, facts, fault)` is called with "pending", then "right", "wrong" or "skipped".
 * Gives { ok, context, fault, failed }.
 */
export async function runSteps(checks, tell, context = {}) {
  let fault = null;
  let failed = null;
  for (const [id, check] of checks) {
    if (fault) {
      tell(id, "skipped", {}, null);
      continue;
    }
    tell(id, "pending", {}, null);
    try {
      tell(id, "right", (await check(context)) ?? {}, null);
    } catch (error) {
      [fault, failed] = [error, id];
      tell(id, "wrong", {}, error);
    }
  }
  return { ok: fault === null, context, fault, failed };
}
