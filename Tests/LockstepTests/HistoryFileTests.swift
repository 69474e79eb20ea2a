import Foundation
import Lockstep
import TestSupport
import Testing

/// Oracle: the files that Keras's `CSVLogger` and Python's `json.dump(history.history, file)` wrote of one training.
@Suite struct HistoryFileTests {
    private func text(_ path: String) throws -> String { String(decoding: try FileBytes.read(path), as: UTF8.self) }

    @Test("Keras's files are read, and written as they were")
    func keras() throws {
        let json = try History(file: fixture("history.json"))
        let csv = try History(file: fixture("history.csv"))
        #expect(json.names == ["accuracy", "loss", "val_accuracy", "val_loss"] && json.epoch == [0, 1, 2, 3, 4])
        #expect(json == csv)
        #expect(try json.json == text(fixture("history.json")) + "\n")
        #expect(try csv.csv == text(fixture("history.csv")).replacing("\r\n", with: "\n"))
        try withFolder { folder in
            for name in ["a.json", "a.csv"] {
                try json.save(to: "\(folder)/\(name)")
                #expect(try History(file: "\(folder)/\(name)") == json)
            }
        }
    }

    @Test("numbers that are none, too large or missing")
    func sparse() throws {
        let history = try History(file: fixture("history-sparse.json"))
        #expect(history.names == ["loss", "val_loss", "learning_rate"] && history.epoch == [0, 1, 2, 3])
        #expect(history["loss"]![1].isNaN && history["loss"]![2] == .infinity && history["val_loss"]![1].isNaN)
        let expected =
            "{\"loss\": [1.5, NaN, Infinity, 0.25], \"val_loss\": [2.0, NaN], \"learning_rate\": [0.1, 0.1, 0.1, 0.01]}\n"
        #expect(history.json == expected)
        #expect(
            history.csv.hasPrefix("epoch,learning_rate,loss,val_loss\n0,0.1,1.5,2.0\n1,0.1,nan,nan\n2,0.1,inf,NA\n"))
    }

    @Test("files that are no histories are named, with the line and the column")
    func wrong() throws {
        try withFolder { folder in
            for (name, content, message) in [
                (
                    "a.json", "[1]",
                    "not a history file: an object of lists of numbers is expected, {\"loss\": [0.5, 0.25]}"
                ),
                ("a.json", "{\"loss\": [1, \"x\"]}", "not a history file: an object of lists"),
                ("a.json", "", "not a history file"),
                (
                    "a.csv", "loss\n1\n",
                    "not a history file: a first line with the names of columns is expected, epoch,loss"
                ),
                ("a.csv", "epoch,loss\n0,x\n", ":2: column 2 ('loss') must be a number, received: 'x'"),
                ("a.csv", "epoch,loss\n0\n", ":2: 2 columns expected as in the first line, received: 1"),
                ("a.txt", "{}", "its name must tell its format: a history in .json or .csv"),
            ] {
                let path = "\(folder)/\(name)"
                try writeText(content, to: path)
                #expect { try History(file: path) } throws: { "\($0)".hasPrefix(path) && "\($0)".contains(message) }
            }
            #expect(throws: FormatError.cannotOpen(file: "/no/such.csv", reason: "No such file or directory")) {
                try History(file: "/no/such.csv")
            }
        }
    }

    @Test("histories of one epoch, of none, and of different metrics are drawn together")
    func figure() throws {
        try withFolder { folder in
            let keras = try History(file: fixture("history.json"))
            let sparse = try History(file: fixture("history-sparse.json"))
            try writeText("{\"loss\": [0.5], \"mae\": [0.25]}", to: folder + "/one.json")
            try writeText("{\"loss\": []}", to: folder + "/none.json")
            let (one, none) = (try History(file: folder + "/one.json"), try History(file: folder + "/none.json"))
            for (name, histories, columns, rows) in [
                ("keras", [("", keras)], 2, 1),
                ("all", [("it's", keras), ("sparse", sparse), ("one", one), ("none", none)], 3, 2),
                ("one", [("", one)], 2, 1), ("none", [("", none)], 1, 1),
            ] as [(String, [(name: String, history: History)], Int, Int)] {
                try Figure(histories).save("\(folder)/\(name).png")
                let bytes = Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name).png")))
                // The PNG's own header holds its size.
                #expect(bytes[16..<20].reduce(0) { $0 << 8 | Int($1) } == 520 * columns, "\(name)")
                #expect(bytes[20..<24].reduce(0) { $0 << 8 | Int($1) } == 400 * rows, "\(name)")
            }
        }
    }
}
