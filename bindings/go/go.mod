module github.com/ringfold/ringfold/bindings/go

go 1.19
