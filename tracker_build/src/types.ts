/**
 * What the core and its plugins share. Plugins import this file alone, and only its types.
 *
 * Names that end in "_" are internal: the bundler shortens them (--mangle-props=_$). Every other name is
 * public or belongs to the browser and is never touched.
 */
declare global {
  // Settings of the deployment. The bundler puts the values in (--define), so that what is off costs nothing.
  /** Collect URL that batches are posted to. */
  const ENDPOINT: string;
  /** Name of the global on window. */
  const GLOBAL: string;
  /** Start of every cookie and storage name but the opt-out cookie's. */
  const PREFIX: string;
  /** Opt-out cookie; the collector reads it as well. "1" is out, "0" is in. */
  const OPT_OUT: string;
  /** Nothing is stored or sent before optIn(). */
  const OPT_IN: boolean;
  /** Honour Global Privacy Control and Do Not Track. */
  const GPC: boolean;
  const VERSION: string;
}

export type Props = Record<string, unknown>;

/** Keys of the batch contract that a plugin sets for all events, or an event for itself. */
export interface Shared {
  user?: Props;
  campaign?: Props;
  flags?: string[];
}

export interface Ids {
  si: string;
  uid: string;
  sid: string;
  seq: number;
}

export interface Tracker {
  /** A page view of where the page is now. */
  page(props?: Props): void;
  track(name: string, props?: Props): void;
  identify(userId: string | number, traits?: Props): void;
  /** Properties of the user that go with every event from now on, over pages. */
  set(props: Props): void;
  /** Log-out: a new visitor, a new session, no user properties. */
  reset(): void;
  optOut(): void;
  optIn(): void;
  /** Site, visitor and session; undefined while nothing may be stored. */
  ids(): Ids | undefined;
  flush(): void;
  use(plugin: Plugin): void;

  /** track() with keys of the contract that differ for this event. */
  emit_(name: string, props?: unknown, over?: Shared): void;
  /** addEventListener, capturing, that lets no exception out. */
  on_(target: EventTarget, type: string, listener: (event: Event) => void): void;
  /** A setting of the script tag: data-<name>. */
  data_(name: string): string | null;
  /** Shared keys that every event from now on carries. */
  shared_: Shared;
  /** The page before; a single-page app has one for each of its pages. */
  referrer_: string;
}

export type Plugin = (tracker: Tracker) => void;
