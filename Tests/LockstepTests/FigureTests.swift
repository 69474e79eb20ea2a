import Foundation
import Lockstep
import TestSupport
import Testing

@Suite struct FigureTests {
    /// Oracle: the PNG's own header, which holds its size.
    @Test("every kind of panel is drawn, to the size asked for")
    func draws() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("figure-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var figure = Figure(width: 640, height: 300, columns: 5)
        figure.add(
            Panel(
                "few", series: [.marked([1, 2, 4], [1, 1.5, 2], "m"), .guide([1, 4], [1, 4], "g")], xRange: 0...5,
                xTicks: [1, 2, 4],
                yRange: 0...4))
        figure.add(Panel("bars", series: [.bars(["1", "it's"], [[1, 2], [3, 4], [0, 1]], ["a_b", "it's", ""])]))
        figure.add(
            Panel(
                "it's", xLabel: "x", yLabel: "y",
                series: [.line([0, 1], [1, 2], "a"), .points([0, 1], [2, 1], "b")]))
        figure.add(
            Panel("space", series: [.cloud([0], [1], [2], "c"), .surface([0, 1], [0, 1], [[0, 1], [2, 3]], "s")]))
        figure.add(Panel("image", series: [.image([[0, 1], [1, 0]])]))
        let path = folder.path + "/picture.png"
        try figure.save(path)
        let bytes = Array(try Data(contentsOf: URL(filePath: path)))
        #expect(Array(bytes[..<4]) == [0x89] + Array("PNG".utf8))
        #expect(
            bytes[16..<20].reduce(0) { $0 << 8 | Int($1) } == 640
                && bytes[20..<24].reduce(0) { $0 << 8 | Int($1) } == 300)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["picture.png"],
            "no script stays behind")
        let missing = folder.path + "/missing/picture.png"
        #expect(throws: FormatError.cannotWrite(file: missing, reason: "No such file or directory")) {
            try figure.save(missing)
        }
    }
}
