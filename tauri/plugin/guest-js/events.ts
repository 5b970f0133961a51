import type { Metrics, Question, Rung } from "./types.js";

/** What every event of a running plugin says of its origin. */
interface FromCell {
  plugin: string;
  cell: number;
}

/** A plugin came, went, or its standing changed. */
export interface LifecycleEvent {
  kind: "lifecycle";
  plugin: string;
  cell: number | null;
  state:
    | "starting"
    | "started"
    | "ended"
    | "restarting"
    | "resting"
    | "held"
    | "installed"
    | "updated"
    | "waiting"
    | "rejected"
    | "uninstalled"
    | "enabled"
    | "disabled"
    | "granted"
    | "revoked"
    | "restored";
  detail: string | null;
}

/** How far a call has come. */
export interface ProgressEvent extends FromCell {
  kind: "progress";
  call: number;
  /** From 0 to 1. */
  fraction: number;
  message: string;
}

/** A line that a plugin logged. */
export interface LogEvent extends FromCell {
  kind: "log";
  level: "debug" | "info" | "warn" | "error";
  message: string;
}

/** A plugin tried what it may not. It did not get it. */
export interface ViolationEvent extends FromCell {
  kind: "violation";
  permission: string;
  object: string;
  message: string;
  /** The line of the manifest that would ask for it. */
  fix: string | null;
  /** The line of the policy that would allow it. */
  policyLine: string | null;
}

/** The monitor saw something odd. */
export interface FindingEvent extends FromCell {
  kind: "finding";
  rule: string;
  /** A sentence. */
  text: string;
  /** From 0 to 100. */
  risk: number;
}

/** The monitor took a step, or a person took it back. */
export interface LadderEvent extends FromCell {
  kind: "ladder";
  from: Rung;
  to: Rung;
  by: string;
  because: string;
}

/** A plugin emitted an event. */
export interface EmittedEvent extends FromCell {
  kind: "emitted";
  topic: string;
  data: unknown;
}

/** A measurement. They come as often as `everyMs` of `watch` says. */
export interface SampleEvent {
  kind: "sample";
  metrics: Metrics;
}

/** The pressure on the machine has changed. See `pressure` of `Metrics`. */
export interface PressureEvent {
  kind: "pressure";
  tier: string;
  because: string;
}

/** The number of a plugin's changes that wait. */
export interface ChangesEvent extends FromCell {
  kind: "changes";
  count: number;
}

/** A person is asked. See `respond`. */
export interface QuestionEvent {
  kind: "consent-needed" | "elevation-needed";
  question: Question;
}

/** A question was answered, or its time is over. */
export interface QuestionOverEvent {
  kind: "question-over";
  id: number;
}

/** The page was too slow, and `count` events were not delivered. Read the state anew. */
export interface MissedEvent {
  kind: "missed";
  count: number;
}

/**
 * What `watch` delivers. Tell them apart by `kind`. A later version may deliver other kinds, so ignore
 * those you do not know.
 */
export type AetherEvent =
  | LifecycleEvent
  | ProgressEvent
  | LogEvent
  | ViolationEvent
  | FindingEvent
  | LadderEvent
  | EmittedEvent
  | SampleEvent
  | PressureEvent
  | ChangesEvent
  | QuestionEvent
  | QuestionOverEvent
  | MissedEvent;
