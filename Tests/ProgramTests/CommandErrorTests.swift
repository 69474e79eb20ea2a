import Foundation
import Lockstep
import TestSupport
import Testing

/// What is wrong is told once for all ranks, before anything is trained or written, and names the argument or the file.
@Suite(.serialized) struct CommandErrorTests {
    private let model = fixture("models/dense.keras")
    private let data = [
        "--x", fixture("models/known.npz") + ":dense/x", "--y", fixture("models/known.npz") + ":dense/y",
    ]

    private func expect(
        _ arguments: [String], _ status: Int32, _ message: String, ranks: Int?,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try Programs.run("lockstep", arguments, ranks: ranks)
        let count = outcome.errors.components(separatedBy: message).count - 1
        #expect(
            outcome.status == status && count == 1 && outcome.output.isEmpty, "\(arguments): \(outcome)",
            sourceLocation: location)
        // Advice names options that the command has.
        let line = outcome.errors.split(separator: "\n").first { $0.contains(message) } ?? ""
        let advised = line.matches(of: /(give|as|with) (--[a-z-]+)/).map { String($0.2) }
        guard !advised.isEmpty else { return }
        let help = try Programs.run("lockstep", [arguments[0], "--help"]).output
        for option in advised { #expect(help.contains("\(option) "), "\(line)", sourceLocation: location) }
    }

    @Test("arguments", arguments: [nil, 3])
    func usage(ranks: Int?) throws {
        let train = ["train", model] + data
        for (arguments, message) in [
            (["fly"], "Unexpected argument 'fly'"), (["train", model], "Missing expected argument '--x <file> ...'"),
            (train + ["--epochs=-1"], "--epochs must be 0 or more, received: -1"),
            (train + ["--batch-size", "0"], "--batch-size must be 1 or more, received: 0"),
            (train + ["--validation-split", "1"], "--validation-split must be from 0 to below 1, received: 1.0"),
            (train + ["--validation-x", "x.npy"], "--validation-x and --validation-y go together"),
            (
                train + ["--validation-x", "x.npy", "--validation-y", "y.npy", "--validation-split", "0.1"],
                "--validation-split and --validation-x exclude each other"
            ),
            (train + ["--loss", "mess"], "unknown loss, received: 'mess'"),
            (train + ["--optimizer", "tiger"], "unknown optimizer, received"),
            (
                train + ["--learning-rate", "slow"],
                "unknown learning rate, received: 'slow'; known are a number, cosine, "
            ),
            (
                train + ["--learning-rate", "cosine:0.1"],
                "schedule cosine: decay_steps must be a whole number of 32 bits, received: null"
            ),
            (
                train + ["--learning-rate", "cosine:0.1,decay_steps=10,speed=3"],
                "schedule cosine: speed must be one of alpha, decay_steps, initial_learning_rate, warmup_steps, "
            ),
            (
                train + ["--learning-rate", "exponential:0.1,decay_steps"],
                "schedule exponential: an argument must be NAME=VALUE"
            ),
            (train + ["--metrics", "accuracy,speed"], "unknown metric, received: 'speed'"),
            (train + ["--class-weight", "0:1,0:2"], "each class once, received: 0:2"),
            (train + ["--class-weight", "a:1"], "classes and weights such as 0:1,1:2.5 expected"),
            (train + ["--scale", "0"], "--scale must be a number other than 0, received: 0.0"),
            (train + ["--verbose", "3"], "--verbose must be 0, 1 or 2, received: 3"),
            (train + ["--output", "model.txt"], "model.txt: "),
            (
                train + ["--output", "model.json"],
                "model.json: its name must tell its format: .keras, .h5, .hdf5, .weights.h5 or .safetensors"
            ),
            (
                train + ["--history", "history.txt"],
                "history.txt: its name must tell its format: a history in .json or .csv"
            ),
            (train + ["--plot", "plot.pdf"], "--plot must end in .png, received: plot.pdf"),
            (train + ["--resume"], "--checkpoint-every, --keep and --resume want a folder, --checkpoint"),
            (
                train + ["--checkpoint", "c", "--checkpoint-every", "often"],
                "such as 1epoch, 500steps or 60s, received: often"
            ),
            (train + ["--checkpoint", "c", "--checkpoint-every", "0steps"], "checkpoint.every must be more than 0"),
            (train + ["--checkpoint", "c", "--keep", "0"], "checkpoint.keep must be 1 or more, received: 0"),
            (
                ["predict", model, "--x", "x.npy", "--output", "y.csv"],
                "--output must end in .npy or .npz, received: y.csv"
            ),
            (
                ["predict", fixture("model-chain.json"), "--x", "x.npy", "--output", "y.npy"],
                "model-chain.json holds an architecture without weights; give them with --weights"
            ), (["convert", model, "model.onnx"], "model.onnx: "),
            (["plot", "a.txt", "-o", "a.png"], "a.txt: its name must tell"),
        ] as [([String], String)] { try expect(arguments, 64, message, ranks: ranks) }
    }

    @Test(
        "files that are missing, wrong or do not go together, and folders that cannot be written", arguments: [nil, 2])
    func files(ranks: Int?) throws {
        let folder = try Programs.temporaryFolder()
        let archive = fixture("models/known.npz")
        let (x, y) = (data[1], data[3])
        try Npy.write(.zeros([7, 6]), to: folder + "/seven.npy")
        try Npy.write(.zeros([24, 5, 2]), to: folder + "/rows.npy")
        try Npy.write(Tensor.full([24], 3), to: folder + "/classes.npy")
        let (nan, broken) = (Tensor.zeros([24, 6]), Tensor.zeros([24, 3]))
        nan[5, 2] = -Float.nan
        broken[23, 0] = .infinity
        try Npy.write(nan, to: folder + "/nan.npy")
        try Npy.write(broken, to: folder + "/broken.npy")
        try writeText(String(repeating: "a\nb\n", count: 12), to: folder + "/names.csv")
        try writeText("{", to: folder + "/broken.json")
        let out = ["--output", folder + "/t.keras"]
        let weights = fixture("models/words.weights.h5")
        let decay = try Programs.unsupportedModel(in: folder)
        let arrays = fixture("models/known-keras2.npz") + ":keras2_decay/"
        let known = ["--x", arrays + "x", "--y", arrays + "y"]
        let sparse = ["--loss", "sparse_categorical_crossentropy"]
        let notANumber = "/nan.npy: x must hold finite numbers, received: nan in row 5, column 2"
        for (arguments, message) in [
            (["train", "/no/such.keras"] + data, "/no/such.keras: cannot be opened: No such file or directory"),
            (["train", folder + "/broken.json", "--loss", "mse"] + data, "/broken.json: "),
            (
                ["predict", weights, "--x", x, "--output", folder + "/y.npy"],
                "give the model's file, and this one as --weights"
            ),
            (["summary", weights], "words.weights.h5: it holds weights alone; give the model's file\n"),
            (
                ["convert", model, folder + "/y.h5", "--weights", fixture("foreign/torch")],
                "foreign/torch: a PyTorch file"
            ),
            (["summary", fixture("foreign/saved")], "foreign/saved: a TensorFlow SavedModel"),
            (["evaluate", decay] + known, "tversky; give --loss to go on without it"),
            (
                ["train", decay, "--optimizer", "sgd"] + known,
                "tversky; give --loss to go on without it"
            ),
            (["train", decay, "--optimizer", "sgd", "--loss", "mse"] + known, "; give --metrics to go on without it"),
            (
                ["train", fixture("model-chain.json")] + data,
                "model-chain.json: the model was not compiled; give --loss"
            ),
            (
                ["train", model, "--x", "/no/x.npy", "--y", y] + out,
                "/no/x.npy: cannot be opened: No such file or directory"
            ),
            (["train", model, "--x", archive + ":none", "--y", y], "known.npz: no array 'none'; it holds "),
            (["train", model, "--x", archive, "--y", y], "one array is wanted"),
            (
                ["train", model, "--x", folder + "/rows.npy", "--y", y],
                "/rows.npy: rows of the shape [6] expected, which \(model) takes, received: [5, 2]"
            ),
            (
                ["train", model, "--x", folder + "/seven.npy", "--y", y],
                "/seven.npy and \(y) must have the same number of samples, received: 7 and 24"
            ),
            (
                ["train", model, "--x", x, "--y", folder + "/classes.npy"],
                "/classes.npy: y must hold rows of the output's shape [3]"
            ),
            (
                [
                    "train", model, "--x", x, "--y", folder + "/classes.npy", "--loss",
                    "sparse_categorical_crossentropy",
                ],
                "/classes.npy: y must hold whole class numbers from 0 to 2 for sparse_categorical_crossentropy, received: 3.0 in row 0, "
            ),
            (["train", model, "--x", x, "--x", x, "--y", y], "--x must be given 1 time(s), for "),
            (
                ["evaluate", model, "--x", x, "--y", y, "--sample-weight", folder + "/seven.npy"],
                "\(x) and \(folder)/seven.npy must have the same number of samples, received: 24 and 7"
            ),
            (
                ["train", model, "--x", x, "--y", y, "--unfreeze", "*", "--freeze", "nothing*"],
                "--freeze must match a layer among "
            ),
            (
                [
                    "train", model, "--x", x, "--y", y, "--optimizer", "adamw", "--exclude-from-weight-decay", "bias",
                    "--exclude-from-weight-decay", "gama",
                ], "--exclude-from-weight-decay must match a weight that trains among "
            ),
            (
                ["train", model, "--x", x, "--y", y, "--optimizer", "sgd", "--exclude-from-weight-decay", "bias"],
                "--exclude-from-weight-decay needs an optimizer with a weight decay, such as adamw, received: sgd"
            ),
            (
                ["predict", model, "--x", x, "--layer", "nothing", "--output", folder + "/p.npy"],
                "the model has no layer 'nothing'; it has "
            ),
            (["train", model, "--x", folder + "/nan.npy", "--y", y], notANumber),
            (
                ["predict", model, "--x", folder + "/nan.npy", "--output", folder + "/p.npy"],
                notANumber
            ),
            (
                ["train", model, "--scale", "2", "--validation-x", folder + "/nan.npy", "--validation-y", y] + data,
                notANumber
            ),
            (
                ["train", model, "--validation-x", x, "--validation-y", folder + "/broken.npy"] + data,
                "/broken.npy: y must hold finite numbers, received: inf in row 23, column 0"
            ),
            (
                ["train", model, "--validation-x", x, "--validation-y", folder + "/seven.npy"] + data,
                "\(x) and \(folder)/seven.npy must have the same number of samples, received: 24 and 7"
            ),
            (
                ["evaluate", model, "--x", x, "--y", folder + "/broken.npy", "--loss", "mse"],
                "/broken.npy: y must hold finite numbers, received: inf in row 23, column 0"
            ),
            (
                ["train", model, "--x", x, "--y", folder + "/names.csv"],
                "/names.csv: names of classes become class numbers, which categorical_crossentropy does not take; "
                    + "give --loss sparse_categorical_crossentropy"
            ),
            (
                ["train", model, "--x", folder + "/names.csv", "--y", y],
                "/names.csv:1: column 1 must be a number, received: 'a'"
            ),
            (
                ["evaluate", model, "--x", x, "--y", folder + "/names.csv", "--metrics", "acc"] + sparse,
                "/names.csv: the model tells 3 classes apart, received 2, whose numbers are not known: a, b; "
            ),
            (
                ["evaluate", model, "--x", x, "--y", folder + "/classes.npy"],
                "/classes.npy: y must hold rows of the output's shape [3]"
            ),
            (
                ["train", model, "--class-weight", "3:1"] + data,
                "classWeight must be weights of classes from 0 to 2, received: class 3"
            ),
            (["train", model, "--learning-rate", "nan"] + data, "learningRate"),
            (
                ["train", model, "--output", "/no/t.keras"] + data,
                "/no/t.keras: cannot be written: No such file or directory"
            ),
            (
                ["train", model, "--history", "/no/h.json"] + data + out,
                "/no/h.json: cannot be written: No such file or directory"
            ),
            (
                ["train", model, "--plot", "/no/p.png"] + data + out,
                "/no/p.png: cannot be written: No such file or directory"
            ),
            (["train", model, "--checkpoint", "/proc/no"] + data + out, "/proc/no"),
            (
                ["predict", model, "--x", x, "--output", "/no/p.npy"],
                "/no/p.npy: cannot be written: No such file or directory"
            ),
            (
                ["plot", "/no/h.json", "-o", folder + "/p.png"],
                "/no/h.json: cannot be opened: No such file or directory"
            ),
        ] as [([String], String)] {
            let quiet = arguments[0] == "train" ? ["--verbose", "0"] : []
            try expect(arguments + quiet, 1, message, ranks: ranks)
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let made = [
            "broken.json", "broken.npy", "classes.npy", "names.csv", "nan.npy", "rows.npy", "seven.npy",
            "unsupported.h5",
        ]
        #expect(left == made, "nothing is written")
    }

    @Test("a file that one rank does not find is an error on all, with the rank and the host")
    func oneRank() throws {
        let folder = try Programs.temporaryFolder()
        try Npy.write(.zeros([5, 6]), to: folder + "/x.npy")
        let command = """
            cd '\(folder)'; [ $OMPI_COMM_WORLD_RANK != 1 ] || cd /; \
            exec '\(Programs.folder)/lockstep' predict '\(model)' --x x.npy --output '\(folder)/y.npy'
            """
        let outcome = try Programs.run("/bin/bash", ["-c", command], ranks: 3)
        #expect(outcome.status == 1 && outcome.seconds < 20)
        #expect(
            outcome.errors.contains("x.npy: cannot be opened: No such file or directory")
                && outcome.errors.contains("rank 1"))
        #expect(outcome.errors.components(separatedBy: "x.npy: cannot").count == 2, "told once: \(outcome.errors)")
    }
}
