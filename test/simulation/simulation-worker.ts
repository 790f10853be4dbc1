import { parentPort, workerData } from 'node:worker_threads'
import { runSimulation, type SimulationPlan } from './run-simulation.ts'

parentPort?.postMessage(await runSimulation(workerData as SimulationPlan), [])
