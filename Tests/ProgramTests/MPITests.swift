import Foundation
import Lockstep
import TestSupport
import Testing

/// What holds on threads holds under mpirun. The checks run one after another in a program of their own: Swift Testing
/// runs tests side by side, and their collectives would interleave.
@Suite(.serialized) struct MPITests {
    @Test("every check holds under mpirun", arguments: [1, 2, 3, 4, 7])
    func checks(ranks: Int) throws {
        let outcome = try Programs.run("cluster-checks", ranks: ranks)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output == "\(Check.all.count) checks hold on \(ranks) ranks\n")
    }

    /// Each rank has as many threads as its number says, and so another share of the work.
    @Test("every check holds on ranks that differ in threads")
    func unequalThreads() throws {
        let program = Programs.folder + "/cluster-checks"
        let command = "LOCKSTEP_THREADS=$((OMPI_COMM_WORLD_RANK + 1)) exec '\(program)'"
        let outcome = try Programs.run("/bin/bash", ["-c", command], ranks: 3)
        #expect(outcome.output == "\(Check.all.count) checks hold on 3 ranks\n", "\(outcome.output)\(outcome.errors)")
    }

    @Test("without mpirun there is one rank, and MPI stays out of it")
    func alone() throws {
        #expect(try Programs.run("cluster-checks", ["where"]).output == "size 1, no MPI\n")
        let outcome = try Programs.run("cluster-checks", ["where"], ranks: 3)
        #expect(outcome.output.hasPrefix("size 3, Open MPI "), "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.split(separator: "\n").count == 1, "printed once for all ranks")
    }

    @Test("a rank that throws says so, and the job ends within seconds", arguments: [0, 3])
    func failure(rank: Int) throws {
        let outcome = try Programs.run("cluster-checks", ["fail", "\(rank)"], ranks: 4)
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("rank \(rank) on \(SingleProcess().host): asked to fail"), "\(outcome.errors)")
        #expect(outcome.seconds < 10)
    }

    @Test("a training step after the first allocates nothing")
    func allocations() throws {
        let outcome = try Programs.run("allocation-check")
        let expected = [
            "dense", "images", "convolutions", "volumes", "operations", "series", "wrappers", "sequences", "objectives",
            "regularized",
            "norms of weights", "rates of weights", "whole matrices", "rows and columns",
        ].flatMap {
            name in
            [1, 2].map { "\(name), \($0) threads: 96 steps more allocate 0 times more\n" }
        }.joined()
        #expect(outcome.output == expected, "\(outcome.errors)")
    }
}

@Suite(.serialized) struct CommandTests {
    @Test("an environment that asks for what is not there is an error that says what is")
    func environment() throws {
        let set = try Programs.run("lockstep", ["doctor"], environment: ["LOCKSTEP_INSTRUCTION_SET": "avx9"])
        #expect(
            set.status == 1 && set.errors.contains("(portable") && set.errors.contains("received: avx9"),
            "\(set.errors)")
        let threads = try Programs.run("lockstep", ["doctor"], ranks: 2, environment: ["LOCKSTEP_THREADS": "many"])
        #expect(
            threads.status != 0 && threads.errors.contains("LOCKSTEP_THREADS must be a whole number"),
            "\(threads.errors)")
    }

    @Test("tasks that srun starts without PMI are refused, but for one told to train alone and for ranks of mpirun")
    func alone() throws {
        let step = ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2"]
        let refused = try Programs.run("lockstep", ["doctor"], environment: step)
        #expect(refused.status == 1 && refused.errors.contains("srun --mpi=pmix or mpirun"), "\(refused.errors)")
        #expect(
            try Programs.run("lockstep", ["doctor"], environment: step.merging(["LOCKSTEP_ALONE": "1"]) { $1 }).status
                == 0)
        #expect(
            try Programs.run("cluster-checks", ["where"], ranks: 1, environment: step).output.hasPrefix(
                "size 1, Open MPI "))
    }

    /// Oracle: what the figures mean. A step's parts add up to about the step; samples a second are samples a step over
    /// its time.
    @Test(
        "bench train tells the figures of each workload as JSON",
        arguments: ["seed_line", "beans", "people", "mlp", "cnn", "lstm"],
        [nil, 2])
    func benchTrain(workload: String, ranks: Int?) throws {
        struct Result: Decodable {
            struct Layer: Decodable { let name: String, forwardUs: Double, backwardUs: Double }
            let workload: String
            let ranks, threads, batchSize, peakMemoryBytes: Int
            let samplesPerS, usPerStep: Double
            let parts: [String]
            let partsUs: [String: Double]
            let layers: [Layer]
        }
        let small = ["mlp", "cnn", "lstm"].contains(workload) ? ["--samples", "320", "--batch-size", "32"] : []
        let outcome = try Programs.run(
            "lockstep", ["bench", "train", workload, "--json", "--profile"] + small, ranks: ranks)
        #expect(
            outcome.status == 0 && outcome.output.split(separator: "\n").count == 1,
            "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("\"samples_per_s\":"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let result = try decoder.decode(Result.self, from: Data(outcome.output.utf8))
        #expect(result.workload == workload && result.ranks == ranks ?? 1 && result.peakMemoryBytes > 1_000_000)
        let batch = ["seed_line": 160.0, "beans": 10, "people": 8, "mlp": 32, "cnn": 32, "lstm": 32][workload]!
        #expect(
            Double(result.batchSize) == batch && abs(result.samplesPerS * result.usPerStep * 1e-6 / batch - 1) < 1e-3)
        #expect(result.parts == ["input", "forward", "backward", "sum", "update", "wait", "wire"])
        #expect(Set(result.partsUs.keys) == Set(result.parts))
        #expect(
            result.layers.count == ["seed_line": 1, "beans": 2, "people": 2, "mlp": 3, "cnn": 7, "lstm": 2][workload])
    }

    @Test("bench predict measures a batch and a sample alone", arguments: [nil, 2])
    func benchPredict(ranks: Int?) throws {
        struct Result: Decodable {
            let workload: String
            let ranks, batchSize, peakMemoryBytes: Int
            let samplesPerS, usPerBatch, latencyUs: Double
        }
        for (model, batchSize) in [("mlp", 128), ("people", 8), (fixture("model-branches.json"), 128)] {
            let outcome = try Programs.run(
                "lockstep", ["bench", "predict", model, "--samples", "256", "--rounds", "1", "--json"], ranks: ranks)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let result = try decoder.decode(Result.self, from: Data(outcome.output.utf8))
            #expect(result.workload == model && result.ranks == ranks ?? 1 && result.batchSize == batchSize)
            #expect(abs(result.samplesPerS * result.usPerBatch * 1e-6 / Double(batchSize) - 1) < 1e-3)
            #expect(result.latencyUs > 0 && result.peakMemoryBytes > 1_000_000)
        }
    }

    @Test("bench train takes a model that Keras wrote, with a loss and an optimizer by name", arguments: [nil, 2])
    func benchFile(ranks: Int?) throws {
        for (model, options) in [
            ("branches", ["--loss", "sparse_categorical_crossentropy", "--optimizer", "sgd"]), ("keras2_chain", []),
            ("reader", []),
        ] {
            let file = fixture("model-\(model).json")
            let small = ["--samples", "160", "--batch-size", "16", "--profile"]
            let outcome = try Programs.run("lockstep", ["bench", "train", file] + small + options, ranks: ranks)
            #expect(
                outcome.output.contains("\(file): ")
                    && outcome.output.contains(model == "reader" ? "  embedding" : "  conv2d"),
                "\(outcome.output)\(outcome.errors)")
        }
        for (arguments, message) in [
            (["/no/such.json"], "/no/such.json: cannot be opened: No such file or directory"),
            ([fixture("model-chain.json"), "--loss", "mess"], "unknown loss, received: 'mess'"),
            (
                ["mlp", "--samples", "1152"],
                "too few steps to measure, received: 9 in all samples; give --samples 1280 or more, or a smaller --batch-size"
            ),
            (
                ["people", "--samples", "7", "--batch-size", "1", "--per-rank"],
                "too few steps to measure, received: 7 in all samples; give --samples 10 or more"
            ),
        ] {
            let wrong = try Programs.run("lockstep", ["bench", "train"] + arguments, ranks: ranks)
            #expect(wrong.status != 0 && wrong.errors.components(separatedBy: message).count == 2, "\(wrong.errors)")
        }
    }

    @Test("bench kernels tells the bounds and every kernel; what it does not know is refused")
    func benchKernels() throws {
        let outcome = try Programs.run(
            "lockstep", ["bench", "kernels", "--set", "portable", "--only", "add", "--json"])
        let lines = outcome.output.split(separator: "\n")
        #expect(
            lines.first?.contains("\"peak_gflops\"") == true
                && lines.dropFirst().allSatisfy { $0.contains("\"kernel\":\"add 65536\"") })
        #expect(lines.count >= 2)
        for (arguments, message) in [
            (["bench", "train", "vgg"], "no workload 'vgg'; there are seed_line, beans"),
            (["bench", "predict", "vgg"], "no workload 'vgg'; there are seed_line, beans"),
            (["bench", "predict", "mlp", "--rounds", "0"], "--rounds must be 1 or more, received: 0"),
            (["bench", "kernels", "--set", "sse"], "no instruction set 'sse'"),
            (["bench", "train", "mlp", "--loss", "mse"], "--loss and --optimizer are for models from files"),
            (
                ["bench", "train", "seed_line", "--memory-limit", "1GB"],
                "--memory-limit is for models that train in epochs, received: seed_line"
            ),
            (["bench", "train", "mlp", "--memory-limit", "12"], "such as 500MB or 1.5GB expected, received: 12"),
            (["bench", "train", "mlp", "--epochs", "0"], "--epochs must be 1 or more, received: 0"),
            (["bench", "simulate"], "a model or --gradients says what is exchanged; received: neither"),
            (["bench", "simulate", "vgg"], "no workload 'vgg'; there are seed_line, beans"),
            (["bench", "simulate", "mlp", "--ranks", "8192-8"], "--ranks must be numbers from 1 to 65536"),
            (
                ["bench", "simulate", "mlp", "--latency", "50"],
                "--latency must be a time of 0 or more such as 50us or 1ms, received: 50"
            ),
            (["bench", "simulate", "mlp", "--bandwidth", "1Gb"], "--bandwidth must be bits or bytes a second"),
            (["bench", "simulate", "mlp", "--mode", "both"], "--mode must be strong or weak, received: both"),
            (
                ["bench", "simulate", "mlp", "--compute", "0/s"],
                "--compute must be samples a second above 0 such as 5000/s"
            ),
            (
                ["bench", "simulate", "--gradients", "4M", "--plot", "a.png"],
                "--plot is for models, not for --gradients"
            ),
            (
                ["bench", "train", "mlp", "--strategy", "ring"],
                "there are the strategies all-reduce, shared, hierarchical, received: ring"
            ),
            (
                ["bench", "exchange", "--sizes", "4K,much"],
                "--sizes must be whole numbers of bytes above 0 such as 500, 64K or 1M, received: 4K,much"
            ),
            (
                ["bench", "checkpoint", "mlp", "--every", "3", "--epochs", "3"],
                "--every times --epochs must be 10 steps or more to be measured, received: 9"
            ),
            (["bench", "exchange", "--wire", "int8"], "--wire must be float32, bfloat16, float16, received: int8"),
            (["bench", "exchange", "--ranks-per-node", "0"], "--ranks-per-node must be 1 or more, received: 0"),
            (["benhc"], "Unexpected argument 'benhc'"),
        ] {
            let wrong = try Programs.run("lockstep", arguments)
            #expect(wrong.status != 0 && wrong.errors.contains(message), "\(wrong.errors)")
        }
    }

    /// Oracle: what the figures mean, and that a network that costs nothing leaves a rank's own work: ideal speed-up.
    @Test("bench simulate tells what training would take on thousands of ranks, and draws it")
    func benchSimulate() throws {
        struct Result: Decodable {
            let ranks, nodes, batchSize, bytesSent: Int
            let usPerStep, computingUs, exposedUs, samplesPerS, speedUp, efficiency: Double
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let plot = try Programs.temporaryFolder() + "/simulated.png"
        let outcome = try Programs.run(
            "lockstep",
            ["bench", "simulate", "people", "--ranks", "8-64,4096", "--compute", "10ms", "--json", "--plot", plot])
        let results = try outcome.output.split(separator: "\n").map {
            try decoder.decode(Result.self, from: Data($0.utf8))
        }
        #expect(results.map(\.ranks) == [8, 16, 32, 64, 4096], "\(outcome.errors)")
        for result in results {
            #expect(result.nodes == result.ranks && result.batchSize == 8 * result.ranks && result.bytesSent > 0)
            #expect(
                abs(result.computingUs - 10_000) < 1
                    && abs(result.usPerStep - result.computingUs - result.exposedUs) < 1e-6)
            #expect(abs(result.samplesPerS * result.usPerStep * 1e-6 / Double(result.batchSize) - 1) < 1e-9)
            #expect(
                result.efficiency > 0.9 && result.efficiency < 1
                    && abs(result.speedUp / Double(result.ranks) / result.efficiency - 1) < 1e-9)
        }
        #expect(FileManager.default.fileExists(atPath: plot) || FileManager.default.fileExists(atPath: plot + ".gp"))
        let strong = try Programs.run(
            "lockstep",
            [
                "bench", "simulate", fixture("model-chain.json"), "--mode", "strong", "--batch-size", "12", "--ranks",
                "3,6",
                "--ranks-per-node",
                "2", "--jitter", "0.1", "--wire", "bfloat16", "--shard-optimizer", "--bucket", "4K",
            ])
        let lines = strong.output.split(separator: "\n")
        #expect(
            lines.count == 4 && lines.last?.hasPrefix("       6         12 ") == true,
            "\(strong.output)\(strong.errors)")
        let ranks = try Programs.run("lockstep", ["bench", "simulate", "people"], ranks: 2)
        #expect(ranks.status != 0 && ranks.errors.contains("must run on 1 rank, received: 2"), "\(ranks.errors)")
    }

    @Test("launch/run teaches, and refuses what it does not know before it builds anything")
    func launcher() throws {
        let launcher = repository + "/launch/run"
        let help = try Programs.run(launcher, ["--help"])
        #expect(help.status == 0 && help.output.hasPrefix("usage: launch/run"))
        for (arguments, message) in [
            ([], "usage"), (["-n", "0", "digits"], "-n must be a whole number above 0, received: 0"),
            (["-n"], "-n needs a number"),
            (["--threads", "x", "digits"], "--threads must be a whole number above 0, received: x"),
            (["--hosts", "/no/such/file", "digits"], "the host file /no/such/file cannot be read"),
            (["nothing"], "no program nothing; there are lockstep and"),
            (["--fast", "digits"], "unknown option --fast"),
        ] as [([String], String)] {
            let outcome = try Programs.run(launcher, arguments)
            #expect(outcome.status == 2 && outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
        }
    }
}
