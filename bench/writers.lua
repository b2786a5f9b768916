-- What wrk sends: the same JSON again and again, to the addresses in the file that PATHS names, one after the other. TOKEN may be empty.
local paths = {}
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end

wrk.method = "POST"
wrk.body = io.open(os.getenv("BODY")):read("a")
wrk.headers["Content-Type"] = "application/json"
if os.getenv("TOKEN") ~= "" then wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN") end

local n = math.random(#paths) -- each of wrk's threads begins elsewhere

function request()
  n = n % #paths + 1
  return wrk.format(nil, paths[n])
end
