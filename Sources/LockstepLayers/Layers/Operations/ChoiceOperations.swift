import LockstepCompute
import LockstepGraph

/// Operations that choose elements, and that make tensors like others.
extension KerasOperation {
    static let choices: [KerasOperation] = [
        KerasOperation("Where", "numpy", ["condition", "x1", "x2"]) { call throws(LayerError) in
            let operands = try call.aligned(3)
            return select(operands[0], operands[1], operands[2])
        },
        KerasOperation("Take", "numpy", ["x", "indices"], ["axis": .null]) { call throws(LayerError) in
            try taken(call)
        },
        KerasOperation("OneHot", "nn", ["x"], ["num_classes": .null, "axis": -1, "dtype": "float32", "sparse": false]) {
            call throws(LayerError) in
            let x = try call.tensor()
            let marks = oneHot(x, depth: try call.integer("num_classes"))
            let rank = x.spec.shape.rank
            let axis = try call.axis(rank: rank + 1)
            return transpose(marks, Array(0..<axis) + [rank] + Array(axis..<rank))
        },
        KerasOperation("Tril", "numpy", ["x"], ["k": 0]) { call throws(LayerError) in
            try triangle(call, isLower: true)
        },
        KerasOperation("Triu", "numpy", ["x"], ["k": 0]) { call throws(LayerError) in
            try triangle(call, isLower: false)
        },
        KerasOperation("OnesLike", "numpy", ["x"], ["dtype": .null]) { call throws(LayerError) in
            try call.tensor().ones
        },
        KerasOperation("ZerosLike", "numpy", ["x"], ["dtype": .null]) { call throws(LayerError) in
            try call.tensor().ones * 0
        },
        KerasOperation("FullLike", "numpy", ["x", "fill_value"], ["dtype": .null]) { call throws(LayerError) in
            let operands = try call.aligned(2)
            return operands[0].ones * operands[1]
        },
        KerasOperation("RGBToGrayscale", "image", ["images"], ["data_format": .null]) { call throws(LayerError) in
            let x = try call.tensor()
            let isFirst = call.option("data_format") == "channels_first"
            let axis = isFirst ? 0 : x.spec.shape.rank - 1
            try call.require(
                x.spec.shape.rank == 3 && x.spec.shape[axis] == 3, "images", "images of 3 channels", x.spec.shape)
            return isFirst ? transpose(transpose(x, [1, 2, 0]).gray, [2, 0, 1]) : x.gray
        },
    ]
}
