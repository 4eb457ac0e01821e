import type { Scenario } from './scenario.ts'

/** An origin with a fixed number of workers and an unbounded queue in front of them. */
export function createSimulatedOrigin({ workers, serviceMs, slow }: Scenario['origin'], slowMs: number) {
  const freeAtMs = new Float64Array(workers)
  let latencies: number[] = []
  let health = { answered: 0, slow: 0 }

  return {
    /** Sends a request to the worker that is free first; returns the time of the response. */
    serve(nowMs: number): number {
      let worker = 0
      for (let i = 1; i < workers; i++) if (freeAtMs[i]! < freeAtMs[worker]!) worker = i
      const startsAtMs = Math.max(nowMs, freeAtMs[worker]!)
      const times = slow && startsAtMs >= slow.fromMs && startsAtMs < slow.toMs ? slow.times : 1
      return freeAtMs[worker] = startsAtMs + serviceMs * times
    },

    /** Counts a response, as an edge does. */
    recordResponse(latencyMs: number): void {
      latencies.push(latencyMs)
      health.answered++
      if (latencyMs > slowMs) health.slow++
    },

    /** Responses since the last call, as an edge reports them with a tick. */
    takeHealth(): { answered: number; slow: number } {
      const taken = health
      health = { answered: 0, slow: 0 }
      return taken
    },

    /** 95th percentile of the response times since the last call. */
    takeP95Ms(): number {
      const sorted = latencies.sort((a, b) => a - b)
      latencies = []
      return sorted[Math.floor(0.95 * sorted.length)] ?? 0
    },
  }
}

export type SimulatedOrigin = ReturnType<typeof createSimulatedOrigin>
