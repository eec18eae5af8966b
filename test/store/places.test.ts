import { describe, expect, test } from "bun:test";
import { createPlaces } from "../../src/store/places.ts";
import { rejection } from "../support/store.ts";

const open = (said: Partial<Parameters<typeof createPlaces>[0]> = {}) =>
  createPlaces({ total: 2, maxWaiting: 4, maxWaitMs: 5_000, ...said });

/** Whether it has settled after all that was ready to. */
async function hasCome(promise: Promise<unknown>): Promise<boolean> {
  const marker = {};
  await Bun.sleep(1);
  return (await Promise.race([promise, Promise.resolve(marker)])) !== marker;
}

describe("places", () => {
  test("are handed on to the one that waits longest", async () => {
    const places = open({ total: 1 });
    await places.take();
    const order: string[] = [];
    const waiting = ["a", "b"].map((name) => places.take().then(() => order.push(name)));
    places.giveBack();
    await waiting[0];
    expect(order).toEqual(["a"]);
    places.giveBack();
    await waiting[1];
    expect(places.taken()).toBe(1);
  });

  test("are refused to those that would be too many, and to those that wait too long", async () => {
    const places = open({ total: 1, maxWaiting: 1, maxWaitMs: 20 });
    await places.take();
    const waiting = rejection(places.take());
    expect(await rejection(places.take())).toMatchObject({ code: "overloaded" });
    expect(await waiting).toMatchObject({ code: "overloaded" });
  });
});

describe("places that are held", () => {
  test("are given to nobody from the call on, until those that have one are done and the hold is over", async () => {
    const places = open();
    await places.take();
    const holding = places.holdAll({ withinMs: 5_000, isUrgent: false });
    const late = places.take();
    expect(await hasCome(late)).toBe(false);
    expect(await hasCome(holding)).toBe(false);
    places.giveBack();
    const hold = await holding;
    expect(hold).not.toBeNull();
    expect(await hasCome(late)).toBe(false);
    expect(places.taken()).toBe(0);
    hold?.[Symbol.dispose]();
    await late;
    expect(places.taken()).toBe(1);
  });

  test("are given out as before where those that have one take longer than may be waited", async () => {
    const places = open();
    await places.take();
    const holding = places.holdAll({ withinMs: 20, isUrgent: false });
    const late = [places.take(), places.take()];
    expect(await holding).toBeNull();
    await late[0];
    expect(places.taken()).toBe(2);
    places.giveBack();
    await late[1];
    expect(places.taken()).toBe(2);
  });

  test("are given out as before once half of those wait that may: nobody is refused for it", async () => {
    const places = open();
    await places.take();
    const holding = places.holdAll({ withinMs: 5_000, isUrgent: false });
    const late = Array.from({ length: 3 }, () => places.take());
    expect(await holding).toBeNull();
    await late[0];
    expect(places.taken()).toBe(2);
    // Two wait now, which is no more than half.
    places.giveBack();
    places.giveBack();
    await Promise.all(late);
    places.giveBack();
    places.giveBack();
    expect(await places.holdAll({ withinMs: 0, isUrgent: false })).not.toBeNull();
  });

  test("are held all the same where that is urgent, and who is one too many is refused as ever", async () => {
    const places = open();
    await Promise.all([places.take(), places.take()]);
    const late = Array.from({ length: 3 }, () => places.take());
    const holding = places.holdAll({ withinMs: 5_000, isUrgent: true });
    late.push(places.take());
    expect(await rejection(places.take())).toMatchObject({ code: "overloaded" });
    places.giveBack();
    places.giveBack();
    const hold = await holding;
    expect(hold).not.toBeNull();
    expect(places.taken()).toBe(0);
    hold?.[Symbol.dispose]();
    await Promise.all(late.slice(0, 2));
    for (const turn of late.slice(2)) {
      places.giveBack();
      await turn;
    }
    expect(places.taken()).toBe(2);
  });

  test("are not held where too many wait already", async () => {
    const places = open();
    await Promise.all([places.take(), places.take()]);
    const late = Array.from({ length: 3 }, () => places.take());
    expect(await places.holdAll({ withinMs: 5_000, isUrgent: false })).toBeNull();
    for (const turn of late) {
      places.giveBack();
      await turn;
    }
    expect(places.taken()).toBe(2);
  });
});
