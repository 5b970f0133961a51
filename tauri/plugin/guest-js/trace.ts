import { given, send } from "./send.js";
import type { AuditCheck, AuditRecord } from "./types.js";

/**
 * Writes a report of what all plugins did. `url` can be shown in an iframe or in a window, `folder` is
 * where it lies. Permission `aether:trace`.
 */
export function report(): Promise<{ folder: string; url: string }> {
  return send("report");
}

export interface AuditOptions {
  /** Only records of this plugin. */
  plugin?: string;
  /** Only the last so many. */
  last?: number;
}

/** Reads the audit log. Permission `aether:trace`. */
export function audit(options: AuditOptions = {}): Promise<AuditRecord[]> {
  const { plugin, last } = options;
  return send("audit", given({ plugin, last }));
}

/** Checks that no record of the audit log was changed or removed. Permission `aether:trace`. */
export function auditVerify(): Promise<AuditCheck> {
  return send("audit_verify");
}
