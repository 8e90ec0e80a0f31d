/**
 * What the core and its plugins share. Of the core, plugins import this file alone, and only its types; pure helpers
 * that several want stand in shared/.
 *
 * Names that end in "_" are internal: the bundler shortens them (--mangle-props=_$). Every other name is
 * public or belongs to the browser and is never touched.
 */

export type Props = Record<string, unknown>;

/** Keys of the batch contract that a module adds to every event, or an event sets for itself. */
export interface Shared {
  user?: Props;
  page?: Props;
  campaign?: Props;
  flags?: string[];
}

export interface Ids {
  uid: string;
  sid: string;
  seq: number;
}

export interface TrackOptions {
  /** Ties this event to a later one that gives the same; the lake has it as props.linking_id. */
  link?: string;
}

export interface Tracker {
  /** A page view of where the page is now. */
  page(props?: Props): void;
  track(name: string, props?: Props, options?: TrackOptions): void;
  /** Log-out: a new visitor, a new session, no user properties. */
  reset(): void;
  optOut(): void;
  optIn(): void;
  /** Site, visitor and session; undefined where nothing may be stored. */
  ids(): (Ids & { si: string }) | undefined;
  flush(): void;
  use(plugin: Plugin): void;

  // Of the modules "users", "consent" and "screens":
  identify?(userId: string | number, traits?: Props): void;
  account?(accountId: string | number, props?: Props): void;
  set?(props: Props): void;
  unset?(...names: string[]): void;
  /** optIn() for true or "granted", else optOut(): what a consent dialogue has at hand. Nothing where it has no answer yet. */
  consent?(state: boolean | string): void;
  screen?(name: string, props?: Props): void;

  /** @internal track() with props that win over the given ones, and keys of the contract that differ for this event. */
  emit_(name: string, props?: unknown, extra?: Props, over?: Shared): void;
  /** @internal Adds methods to the tracker, or to another object, and gives it; none lets an exception out. */
  extend_<T extends object = Tracker>(methods: Methods, target?: T): T;
  /** @internal addEventListener, capturing, that lets no exception out. */
  on_(target: EventTarget, type: string, listener: (event: Event) => void): void;
  /** @internal A setting of the script tag: data-<name>. */
  data_(name: string): string | null | undefined;
  /** @internal Keeps an object over pages, where that is allowed, and gives what is kept under the name. */
  keep_(name: string, value?: Props): Props;
  /** @internal A cookie of the whole domain, or its copy. */
  load_(name: string): string | undefined;
  /** @internal */
  save_(name: string, value: string): void;
  /** @internal */
  forget_(name: string): void;
  /** @internal Site id of the events. */
  site_: string;
  /** @internal Set by a module for pages that send their own page views. */
  quiet_?: boolean;
  /** @internal Flags of every event. */
  flags_: string[];
  /** @internal Each is asked at every event what it adds. */
  context_: (() => Shared | undefined)[];
  /** @internal What an event says of the page it happens on. */
  where_(referrer: string): Props;
  /** @internal Set by a module that has something to tell once consent was given. */
  agreed_?: () => void;
  /** @internal The page before; a single-page app has one for each of its pages. */
  referrer_: string;
}

export type Methods = Record<string, (...args: never[]) => unknown>;

export type Plugin = (tracker: Tracker) => void;
